/** Where visitors are: real places, invented providers, AS numbers of documentation (RFC 5398). */

export interface Place {
  weight: number;
  country: string;
  continent: string;
  region: string;
  region_code: string;
  city: string;
  postal_code: string;
  geo_timezone: string;
  asn: number;
  as_organization: string;
  language: string;
}

export const PLACES: Place[] = `
26 | US | NA | California | CA | Los Angeles | 90012 | America/Los_Angeles | 64496 | Pacific Cable Example | en-US
18 | US | NA | New York | NY | New York | 10011 | America/New_York | 64497 | Hudson Fiber Example | en-US
11 | US | NA | Texas | TX | Austin | 78701 | America/Chicago | 64498 | Lone Star Net Example | en-US
7 | US | NA | Colorado | CO | Denver | 80202 | America/Denver | 64499 | Front Range Example | en-US
9 | CA | NA | Ontario | ON | Toronto | M5V | America/Toronto | 64500 | Lakeside Net Example | en-CA
9 | GB | EU | England | ENG | London | EC1A | Europe/London | 64501 | Thames Broadband Example | en-GB
8 | DE | EU | Berlin | BE | Berlin | 10115 | Europe/Berlin | 64502 | Spree Netz Example | de-DE
5 | FR | EU | Île-de-France | IDF | Paris | 75011 | Europe/Paris | 64503 | Réseau Exemple | fr-FR
4 | AU | OC | New South Wales | NSW | Sydney | 2000 | Australia/Sydney | 64504 | Harbour Net Example | en-AU
3 | NL | EU | North Holland | NH | Amsterdam | 1012 | Europe/Amsterdam | 64505 | Gracht Net Example | nl-NL
3 | ES | EU | Madrid | MD | Madrid | 28013 | Europe/Madrid | 64506 | Red Meseta Example | es-ES
2.5 | IT | EU | Lombardy | 25 | Milan | 20121 | Europe/Rome | 64507 | Rete Padana Example | it-IT
2.5 | SE | EU | Stockholm | AB | Stockholm | 111 20 | Europe/Stockholm | 64508 | Mälar Net Example | sv-SE
2 | JP | AS | Tokyo | 13 | Tokyo | 100-0001 | Asia/Tokyo | 64509 | Sumida Net Example | ja-JP
2 | BR | SA | São Paulo | SP | São Paulo | 01000 | America/Sao_Paulo | 64510 | Rede Paulista Example | pt-BR
2 | IN | AS | Karnataka | KA | Bengaluru | 560001 | Asia/Kolkata | 64511 | Deccan Net Example | en-IN
1.5 | NZ | OC | Auckland | AUK | Auckland | 1010 | Pacific/Auckland | 65536 | Kauri Net Example | en-NZ
1.5 | CH | EU | Zurich | ZH | Zürich | 8001 | Europe/Zurich | 65537 | Limmat Net Example | de-CH
1 | MX | NA | Mexico City | CMX | Mexico City | 06000 | America/Mexico_City | 65538 | Red Altiplano Example | es-MX
1 | PL | EU | Mazovia | 14 | Warsaw | 00-001 | Europe/Warsaw | 65539 | Wisła Net Example | pl-PL
0.8 | ZA | AF | Western Cape | WC | Cape Town | 8001 | Africa/Johannesburg | 65540 | Table Bay Example | en-ZA
0.7 | SG | AS | Singapore | 01 | Singapore | 018956 | Asia/Singapore | 65541 | Straits Net Example | en-SG
`
  .trim()
  .split("\n")
  .map((line) => {
    const [weight, country, continent, region, region_code, city, postal_code, geo_timezone, asn, ...rest] =
      line.split(" | ") as [
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
        string,
      ];
    const [as_organization, language] = rest;
    return {
      weight: Number(weight),
      country,
      continent,
      region,
      region_code,
      city,
      postal_code,
      geo_timezone,
      asn: Number(asn),
      as_organization,
      language,
    };
  });

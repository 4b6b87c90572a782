/** The public types, of the script tag and of the package. No imports: the build copies this file as declarations. */

/** What the merchant sets: the script tag's `data-*` attributes, or the same names given to `init`. */
export interface Options {
  /** The program's number. */
  program?: string | number;
  /** Any value, by custom "required": nothing is stored or sent before `affitor.consent(true)`. */
  consent?: string;
  /** Hosts of the same merchant that take over the click id, separated by blanks or commas. */
  domains?: string;
  /** Explains every decision in the console. */
  debug?: string | boolean;
  /** Affitor's names of `program` and `debug`. */
  programId?: string | number;
  affitorProgramId?: string | number;
  affitorDebug?: string | boolean;
  /** The collector's address ("https://t.shop.example"), where it is not the script's. */
  affitorApiBase?: string;
}

export interface Data {
  clickId: string | null;
  programId: number | undefined;
  hasAttribution: boolean;
  affiliateUrl: string | null;
}

/** `window.affitor`, as the package @affitor/tracker expects it. */
export interface Affitor {
  readonly loaded: true;
  /** undefined where none is named. */
  readonly programId: number | undefined;
  readonly debugMode: boolean;
  /** From the cookie: null for a visitor without a click. */
  readonly clickId: string | null;
  /** The address of the last landing. */
  readonly affiliateUrl: string | null;
  readonly hasAffiliateAttribution: boolean;
  getClickId(): string | null;
  getData(): Data;
  /** Names the program after the fact, or turns the explanations on. */
  init(options?: Options): void;
  /** Only true is a yes; anything else withdraws, and takes back cookies and storage. */
  consent(granted: boolean): void;
  /** Sends a test event of this page, which counts nowhere. */
  trackTest(data?: object): void;
}

/** The registry: one line for each network. */

import type { NetworkName } from "../click.ts";
import { type AvantlinkConnection, avantlink } from "./avantlink.ts";
import { type EverflowConnection, everflow } from "./everflow.ts";
import type { Network } from "./network.ts";

export interface Connections {
  everflow: EverflowConnection;
  avantlink: AvantlinkConnection;
}

export const networks: { [N in NetworkName]: Network<Connections[N]> } = { everflow, avantlink };

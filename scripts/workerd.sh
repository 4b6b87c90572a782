#!/bin/sh
# Miniflare runs this in workerd's place (scripts/collector.ts). A Node process killed with -9 cannot end its
# workerd, which would go on holding the port and the databases; where the kernel can, let it end workerd then.
if setpriv --pdeathsig KILL true 2>/dev/null; then
  exec setpriv --pdeathsig KILL "$CLICKFERRY_WORKERD" "$@"
fi
exec "$CLICKFERRY_WORKERD" "$@"

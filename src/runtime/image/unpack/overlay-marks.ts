/** How overlayfs is told what a layer hides (kernel documentation, overlayfs.rst, "whiteouts and opaque directories"). */
import type { Node } from "../../../sys/mknod.ts";

/** At the path of what is gone. */
export const whiteoutNode: Node = { kind: "character", major: 0, minor: 0 };

/** On a folder that shows nothing of the layers below; its value is `y`. */
export const opaqueXattr = "trusted.overlay.opaque";

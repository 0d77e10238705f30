/** A host's own tools: sockets, addresses, routes, probes and what passes on the wire. */
@NullMarked
package wirebook.magics.host;

import org.jspecify.annotations.NullMarked;

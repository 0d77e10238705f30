/** Interfaces, addresses, routes, rules and neighbours, as ip(8) of iproute2 6.1 shows them. */
@NullMarked
package wirebook.engine.socket.ip;

import org.jspecify.annotations.NullMarked;

/** Echo requests, sent and awaited. */
@NullMarked
package wirebook.engine.socket.icmp;

import org.jspecify.annotations.NullMarked;

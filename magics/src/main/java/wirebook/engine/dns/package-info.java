/**
 * DNS messages (RFC 1035, 6891, 8945): names, records, the wire format, and the text that BIND's
 * tools print for them.
 *
 * <p>The wire format is read and written here, and not by a library, because what these tools show
 * is the message as it was: its order, its sizes, its compression, and where exactly it is broken.
 */
@NullMarked
package wirebook.engine.dns;

import org.jspecify.annotations.NullMarked;

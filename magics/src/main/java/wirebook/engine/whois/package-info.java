/** WHOIS (RFC 3912): the client. */
@NullMarked
package wirebook.engine.whois;

import org.jspecify.annotations.NullMarked;

/**
 * Authoritative answering (RFC 1034, 4.3.2) as a pure function: zones and the bytes of a query in,
 * the bytes of the reply out.
 */
@NullMarked
package wirebook.engine.dns.server;

import org.jspecify.annotations.NullMarked;

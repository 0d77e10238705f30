/** TLS for a client: whom it trusts, what it shows, what is said about the handshake. */
@NullMarked
package wirebook.engine.http.tls;

import org.jspecify.annotations.NullMarked;

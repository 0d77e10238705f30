/**
 * HTTP/1 as bytes: URLs, requests, responses, cookies, authentication, forms. Pure pieces; the
 * sockets are driven by {@link wirebook.engine.http.client}.
 *
 * <p>Text that goes over the wire is kept as <em>byte text</em>: a {@code String} each of whose
 * characters is one byte (ISO 8859-1), so that nothing is lost between what a server sent, what is
 * compared and what is printed. {@link wirebook.engine.http.ByteText} converts.
 */
@NullMarked
package wirebook.engine.http;

import org.jspecify.annotations.NullMarked;

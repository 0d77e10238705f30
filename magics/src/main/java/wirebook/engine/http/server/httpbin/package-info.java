/** Services to try HTTP against: httpbin's, and a small one with forms, uploads and items. */
@NullMarked
package wirebook.engine.http.server.httpbin;

import org.jspecify.annotations.NullMarked;

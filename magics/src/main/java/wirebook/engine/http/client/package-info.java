/**
 * The HTTP client: a call resolves, connects, secures, sends, receives and follows, over {@link
 * wirebook.net.Network}. It behaves as libcurl does, and knows no command line.
 */
@NullMarked
package wirebook.engine.http.client;

import org.jspecify.annotations.NullMarked;

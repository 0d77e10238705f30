/** The HTTP client that Java code in a cell gets: OkHttp over the network in use, with a trace. */
@NullMarked
package wirebook.engine.http.okhttp;

import org.jspecify.annotations.NullMarked;

/**
 * The curl command: its options, its output, its exit codes, and the one driver of HTTP connections
 * over {@link wirebook.net.Network}.
 */
@NullMarked
package wirebook.engine.http.curl;

import org.jspecify.annotations.NullMarked;

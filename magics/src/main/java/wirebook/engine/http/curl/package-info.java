/**
 * The curl command: from its words to requests and options, from what the client hears to output
 * and an exit code.
 */
@NullMarked
package wirebook.engine.http.curl;

import org.jspecify.annotations.NullMarked;

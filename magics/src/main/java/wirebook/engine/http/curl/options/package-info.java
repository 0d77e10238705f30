/**
 * curl's words: which options there are, and what a command line and its config files say. Nothing
 * is sent from here; {@link wirebook.engine.http.curl} does what was said.
 */
@NullMarked
package wirebook.engine.http.curl.options;

import org.jspecify.annotations.NullMarked;

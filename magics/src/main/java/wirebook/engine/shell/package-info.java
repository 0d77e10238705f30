/**
 * What people write behind a command that they paste: {@code | jq .a}, {@code | head -n 3}, {@code
 * > file}. Pure: words to a {@link wirebook.engine.shell.CommandLine}, and bytes to bytes by its
 * {@link wirebook.engine.shell.Filter}s. What is not understood is refused before the command runs.
 */
@NullMarked
package wirebook.engine.shell;

import org.jspecify.annotations.NullMarked;

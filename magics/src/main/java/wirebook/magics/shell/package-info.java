/** The magics of the shell, and the commands in it that are the lab's. */
@NullMarked
package wirebook.magics.shell;

import org.jspecify.annotations.NullMarked;

/** The command line: install, doctor, run, and any magic from the shell. */
@NullMarked
package wirebook.kernel.cli;

import org.jspecify.annotations.NullMarked;

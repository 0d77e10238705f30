/** JShell: its session, what it makes of snippets, and the control of the worker that it asks. */
@NullMarked
package wirebook.kernel.java.shell;

import org.jspecify.annotations.NullMarked;

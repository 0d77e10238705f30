/** What went over an SSH connection, message by message, as far as it may be shown. */
@NullMarked
package wirebook.engine.ssh.transcript;

import org.jspecify.annotations.NullMarked;

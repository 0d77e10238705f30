/** What {@code ssh_config(5)} and ssh's command line say, read as OpenSSH reads it. */
@NullMarked
package wirebook.engine.ssh.config;

import org.jspecify.annotations.NullMarked;

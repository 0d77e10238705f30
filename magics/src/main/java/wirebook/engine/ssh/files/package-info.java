/** scp and sftp: files over a connection of ssh, by the SSH File Transfer Protocol, version 3. */
@NullMarked
package wirebook.engine.ssh.files;

import org.jspecify.annotations.NullMarked;

package wirebook.engine.ssh.client;

import wirebook.trace.Bytes;

/**
 * What a use of ssh gave.
 *
 * @param exitCode the remote command's; 255 when ssh itself failed
 * @param stdout what it printed, up to a limit; empty from the shell, where nobody asks
 * @param stderr what it printed as errors, up to a limit
 */
public record SshResult(int exitCode, Bytes stdout, Bytes stderr) {}

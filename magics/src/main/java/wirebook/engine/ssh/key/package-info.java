/**
 * Keys: public ones as their bytes, private ones in files and agents, certificates, fingerprints.
 */
@NullMarked
package wirebook.engine.ssh.key;

import org.jspecify.annotations.NullMarked;

@NullMarked
package wirebook.engine.dns.server;

import org.jspecify.annotations.NullMarked;

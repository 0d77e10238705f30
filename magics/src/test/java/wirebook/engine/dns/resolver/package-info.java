@NullMarked
package wirebook.engine.dns.resolver;

import org.jspecify.annotations.NullMarked;

/**
 * An iterative, caching resolver that gives its reasons: a core without input or output, over an
 * {@link wirebook.engine.dns.resolver.Upstream} and a clock.
 */
@NullMarked
package wirebook.engine.dns.resolver;

import org.jspecify.annotations.NullMarked;

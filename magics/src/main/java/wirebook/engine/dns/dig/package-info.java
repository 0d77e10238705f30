/**
 * BIND's {@code dig} and {@code nslookup}: what their options mean, which queries they send, how
 * they retry, and what they print.
 */
@NullMarked
package wirebook.engine.dns.dig;

import org.jspecify.annotations.NullMarked;

/** Commands of the DNS: dig, nslookup, host, delv, whois, and the walk from the root. */
@NullMarked
package wirebook.magics.dns;

import org.jspecify.annotations.NullMarked;

/** The lab as it is drawn: hosts, routers and links, their text, and the ways that packets take. */
@NullMarked
package wirebook.internet.topology;

import org.jspecify.annotations.NullMarked;

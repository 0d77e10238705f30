/**
 * What the name servers of the lab serve: its zones, signed and damaged, those that students
 * publish, and how secondaries come by them.
 */
@NullMarked
package wirebook.internet.zones;

import org.jspecify.annotations.NullMarked;

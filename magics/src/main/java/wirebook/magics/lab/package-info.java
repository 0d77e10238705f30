/** The network in use: the lab, its clock, its zones, its hosts and which one sits before. */
@NullMarked
package wirebook.magics.lab;

import org.jspecify.annotations.NullMarked;

@NullMarked
package wirebook.internet.plain;

import org.jspecify.annotations.NullMarked;

@NullMarked
package wirebook.spi;

import org.jspecify.annotations.NullMarked;

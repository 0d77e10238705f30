/**
 * What a magic is: implement {@link wirebook.spi.Magic}, name the class in {@code
 * META-INF/services/wirebook.spi.Magic}, and cells can use it.
 */
@NullMarked
package wirebook.spi;

import org.jspecify.annotations.NullMarked;

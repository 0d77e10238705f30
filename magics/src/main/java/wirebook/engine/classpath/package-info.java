/**
 * Class paths beside each other in one process: libraries in jars, programs compiled against them,
 * and class loaders that have nothing in common but the JDK.
 */
@NullMarked
package wirebook.engine.classpath;

import org.jspecify.annotations.NullMarked;

/** What other kernels of Java take from the environment. */
@NullMarked
package wirebook.kernel.java.settings;

import org.jspecify.annotations.NullMarked;

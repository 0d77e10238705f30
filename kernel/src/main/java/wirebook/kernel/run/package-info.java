/** Notebooks as files, the headless runner and its reports. */
@NullMarked
package wirebook.kernel.run;

import org.jspecify.annotations.NullMarked;

/** The labs as tests: in the headless runner, in nbclient, and in JupyterLab. */
@NullMarked
package wirebook.notebooks;

import org.jspecify.annotations.NullMarked;

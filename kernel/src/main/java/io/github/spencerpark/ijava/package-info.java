/** Names that notebooks made with IJava import. What they need of them is here, and no more. */
package io.github.spencerpark.ijava;

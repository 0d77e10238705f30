package wirebook.kernel.java.complaints;

import wirebook.kernel.java.shell.TextWork;

/**
 * The text that a complaint is about.
 *
 * @param place whose lines it is, as people are told: {@code In[3]}, or a file's name
 * @param text what this process does for it, and whether it was stopped
 */
public record Source(String code, String place, TextWork text) {}

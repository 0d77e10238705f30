package wirebook.kernel.run;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A cell of a notebook, as it was written. */
public sealed interface NotebookCell {
  String source();

  /**
   * @param number the place among the code cells, from 1: the {@code In[n]} of a run from top to
   *     bottom
   * @param index the place among all cells, from 0
   * @param expected what the cell's output must contain, as the notebook's text says: regular
   *     expressions, found with {@code ^} and {@code $} at each line; {@code expect} of the cell's
   *     {@code wirebook} metadata
   */
  record Code(int number, int index, String source, List<String> tags, List<Pattern> expected)
      implements NotebookCell {
    /** The tags are those that nbclient knows. */
    private static final String MAY_FAIL = "raises-exception";

    private static final String SKIP = "skip-execution";

    public Code {
      tags = List.copyOf(tags);
      expected = List.copyOf(expected);
    }

    public boolean mayFail() {
      return tags.contains(MAY_FAIL);
    }

    public boolean isSkipped() {
      return tags.contains(SKIP);
    }

    /** The first line that says something, cut to {@code length} characters. */
    public String title(int length) {
      String line =
          source.lines().map(String::strip).filter(text -> !text.isEmpty()).findFirst().orElse("");
      return line.length() <= length ? line : line.substring(0, length - 1) + "…";
    }
  }

  /**
   * @param attachments pictures inside the notebook: file name to MIME type to base64
   */
  record Markdown(String source, Map<String, Map<String, String>> attachments)
      implements NotebookCell {
    public Markdown {
      attachments = Map.copyOf(attachments);
    }
  }

  record Raw(String source) implements NotebookCell {}
}

package wirebook.render;

import java.util.ArrayList;
import java.util.List;

/**
 * Things that have parts, drawn as an indented tree: folders and files, packages and what they
 * need.
 *
 * @param title what the whole is
 */
public record TreePicture(String title, List<Node> roots) {
  private static final int ROW = 21;
  private static final int INDENT = 22;
  private static final int MARGIN = 16;
  private static final int GAP = 18;
  private static final int MOST = 820;

  public TreePicture {
    roots = List.copyOf(roots);
  }

  /** What a node is to the reader. */
  public enum Tone {
    PLAIN,
    /** What has parts of its own. */
    FOLDER,
    /** What matters here. */
    NEW,
    /** What is wrong. */
    BAD
  }

  /**
   * One thing.
   *
   * @param note a remark behind it, may be empty
   */
  public record Node(String text, String note, Tone tone, List<Node> parts) {
    public Node {
      parts = List.copyOf(parts);
    }

    public static Node leaf(String text, String note) {
      return new Node(text, note, Tone.PLAIN, List.of());
    }
  }

  private record Row(Node node, int depth, String twin, int parent) {}

  private List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (Node root : roots) {
      rows.add(new Row(root, 0, "", -1));
      add(rows, root, 1, "", rows.size() - 1);
    }
    return rows;
  }

  private static void add(List<Row> rows, Node node, int depth, String lead, int parent) {
    for (int i = 0; i < node.parts().size(); i++) {
      boolean last = i == node.parts().size() - 1;
      Node part = node.parts().get(i);
      rows.add(new Row(part, depth, lead + (last ? "└── " : "├── "), parent));
      add(rows, part, depth + 1, lead + (last ? "    " : "│   "), rows.size() - 1);
    }
  }

  /** The same in characters. */
  public String text() {
    StringBuilder text = new StringBuilder(title);
    for (Row row : rows()) {
      text.append('\n').append(row.twin()).append(row.node().text());
      if (!row.node().note().isEmpty()) {
        text.append("  ").append(row.node().note());
      }
    }
    return text.toString();
  }

  public Picture picture() {
    List<Row> rows = rows();
    double names = 0;
    double notes = 0;
    for (Row row : rows) {
      names = Math.max(names, row.depth() * INDENT + Svg.width(row.node().text(), 13, true));
      notes = Math.max(notes, Svg.width(row.node().note(), 12, false));
    }
    int width =
        (int)
            Math.clamp(
                2 * MARGIN + 34 + names + GAP + notes,
                Math.min(MOST, 2 * MARGIN + Svg.width(title, 13.5, false) + 10),
                MOST);
    double noteAt = MARGIN + 20 + names + GAP;
    Svg svg = new Svg();
    svg.text(
        "strong",
        "start",
        13.5,
        MARGIN,
        MARGIN + 12,
        Svg.fit(title, width - 2.0 * MARGIN, 13.5, false));
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      double x = MARGIN + (double) INDENT * row.depth();
      double y = y(i);
      if (row.parent() >= 0) {
        double from = x - INDENT + 6;
        svg.path(
            "arrow l-hold", "M" + from + " " + (y(row.parent()) + 8) + "V" + y + "H" + (x + 1));
      }
      mark(svg, row.node().tone(), x + 6, y);
      svg.text(
          "mono " + style(row.node().tone()),
          "start",
          13,
          x + 18,
          y + 4.5,
          Svg.fit(row.node().text(), noteAt - x - 18, 13, true));
      svg.text(
          row.node().tone() == Tone.BAD ? "f-bad" : "soft",
          "start",
          12,
          noteAt,
          y + 4.5,
          Svg.fit(row.node().note(), width - MARGIN - noteAt, 12, false));
    }
    return svg.picture(width, (int) y(rows.size()) + MARGIN - 6, text());
  }

  private static double y(int row) {
    return MARGIN + 34 + (double) ROW * row;
  }

  /** Each tone has a shape of its own, for who sees no colours. */
  private static void mark(Svg svg, Tone tone, double x, double y) {
    switch (tone) {
      case FOLDER -> svg.rectangle("f-soft", x - 4.5, y - 4, 9, 8, 1.5);
      case NEW -> svg.rectangle("f-give", x - 4.5, y - 4.5, 9, 9, 4.5);
      case BAD -> svg.path("arrow l-bad", "M" + (x - 4) + " " + (y - 4) + "l8 8m0 -8l-8 8");
      case PLAIN -> svg.rectangle("f-hold", x - 2.5, y - 2.5, 5, 5, 2.5);
    }
  }

  private static String style(Tone tone) {
    return switch (tone) {
      case FOLDER -> "strong";
      case NEW -> "strong f-give";
      case BAD -> "strong f-bad";
      case PLAIN -> "";
    };
  }
}

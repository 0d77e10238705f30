package wirebook.kernel.worker.inside;

import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import java.util.stream.BaseStream;
import org.jspecify.annotations.Nullable;
import wirebook.spi.Html;
import wirebook.spi.MimeBundle;
import wirebook.spi.Renderer;

/** Values as people see them. */
final class Values {
  /** Characters of one value; the rest is counted. */
  static final int LONGEST = 100_000;

  /** Elements of one collection, or rows of one table; the rest is counted. */
  static final int MOST = 1_000;

  /** Characters of a table's cell, as text and as HTML. */
  static final int WIDEST = 80;

  static final int LONGEST_CELL = 1_000;

  /** Characters of a table; the rows that are left are counted. */
  static final int MOST_OF_TABLE = 1_000_000;

  private static final int DEEPEST = 8;

  /** Characters of one value among all results. */
  private static final int MOST_OF_ONE = 200;

  /** What {@link Object#toString} makes of an array. */
  private static final Pattern ARRAY = Pattern.compile("\\[+(?:[BCDFIJSZ]|L[\\w.$]+;)@[0-9a-f]+");

  private Values() {}

  static MimeBundle render(@Nullable Object value) {
    if (value == null) {
      return MimeBundle.text("null");
    }
    if (value instanceof MimeBundle bundle) {
      return bundle;
    }
    Optional<MimeBundle> rendered = Renderers.render(value);
    if (rendered.isPresent()) {
      return rendered.get();
    }
    if (isImage(value)) {
      return Images.render(value);
    }
    Optional<Table> table = Table.of(value);
    if (table.isPresent()) {
      return MimeBundle.text(table.get().text()).with(MimeBundle.HTML, table.get().html());
    }
    return MimeBundle.text(text(value));
  }

  /** The value as exactly these types: those it can be rendered as, else its text as that type. */
  static MimeBundle render(@Nullable Object value, List<String> types) {
    MimeBundle all = render(value);
    String plain =
        value instanceof CharSequence chars ? chars.toString() : String.valueOf(all.text());
    Map<String, String> data = new LinkedHashMap<>();
    for (String type : types) {
      String content = all.data().get(type);
      if (content != null && !(value instanceof CharSequence)) {
        data.put(type, content);
      } else if (type.equals(MimeBundle.HTML) && !(value instanceof CharSequence)) {
        // What a value says of itself is text; only text that a cell made itself is markup.
        data.put(type, new Html().element("pre", plain).toString());
      } else {
        data.put(type, plain);
      }
    }
    data.putIfAbsent(MimeBundle.TEXT, plain);
    return new MimeBundle(data);
  }

  static String text(@Nullable Object value) {
    return cut(new Writer().write(value));
  }

  private static String cut(String text) {
    return cut(text, LONGEST);
  }

  private static String cut(String text, int longest) {
    if (text.length() <= longest) {
      return text;
    }
    String start = start(text, longest);
    return start + String.format(" … (%,d more characters)", text.length() - start.length());
  }

  /** At most so many characters, and whole ones. */
  private static String start(String text, int most) {
    return text.substring(0, Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most);
  }

  /** Writes one value with all that it holds. */
  private static final class Writer {
    /** What is being written, the innermost last: nothing is written within itself. */
    private final List<Object> within = new ArrayList<>();

    String write(@Nullable Object value) {
      if (value instanceof String || value instanceof Number || value instanceof Boolean) {
        // Most results, and the first one should not wait until a switch over types is made.
        return value.toString();
      }
      return switch (value) {
        case null -> "null";
        case Object[] results when isEarlier(results) -> inside(results, this::earlier);
        case Object array when array.getClass().isArray() -> inside(array, this::array);
        case Collection<?> collection when isOfTheJdk(collection) ->
            inside(collection, all -> elements(all, all.size()));
        case Map<?, ?> map when isOfTheJdk(map) -> inside(map, this::entries);
        case Map.Entry<?, ?> entry when isOfTheJdk(entry) -> inside(entry, this::entry);
        case Optional<?> some when some.isPresent() ->
            inside(some, one -> "Optional[" + write(one.get()) + "]");
        case BaseStream<?, ?> stream ->
            streamKind(stream) + ", not consumed: .toList() shows its elements";
        case Record record -> inside(record, this::record);
        default -> String.valueOf(value.toString());
      };
    }

    /**
     * The JDK's collections are written here, so that nested arrays are shown and long ones cut.
     */
    private static boolean isOfTheJdk(Object value) {
      return value.getClass().getName().startsWith("java.util");
    }

    private interface Form<T> {
      String of(T value);
    }

    @SuppressWarnings("ReferenceEquality") // One that contains itself.
    private <T> String inside(T value, Form<T> form) {
      if (within.stream().anyMatch(outer -> outer == value)) {
        return "(this)";
      }
      if (within.size() > DEEPEST) {
        return "…";
      }
      within.add(value);
      try {
        return form.of(value);
      } finally {
        within.removeLast();
      }
    }

    private static String streamKind(BaseStream<?, ?> stream) {
      return switch (stream) {
        case java.util.stream.IntStream ints -> "an IntStream";
        case java.util.stream.LongStream longs -> "a LongStream";
        case java.util.stream.DoubleStream doubles -> "a DoubleStream";
        default -> "a Stream";
      };
    }

    private String array(Object array) {
      int length = Array.getLength(array);
      List<@Nullable Object> shown = new ArrayList<>();
      for (int i = 0; i < Math.min(length, MOST); i++) {
        shown.add(Array.get(array, i));
      }
      return elements(shown, length);
    }

    private String elements(Iterable<?> elements, int size) {
      StringBuilder out = new StringBuilder("[");
      int shown = 0;
      for (Object element : elements) {
        if (shown > 0) {
          out.append(", ");
        }
        if (shown == MOST || out.length() > LONGEST) {
          out.append("… (").append(String.format("%,d", size - shown)).append(" more)");
          break;
        }
        out.append(write(element));
        shown++;
      }
      return out.append(']').toString();
    }

    private String entries(Map<?, ?> map) {
      StringBuilder out = new StringBuilder("{");
      int shown = 0;
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        if (shown > 0) {
          out.append(", ");
        }
        if (shown == MOST || out.length() > LONGEST) {
          out.append("… (").append(String.format("%,d", map.size() - shown)).append(" more)");
          break;
        }
        out.append(entry(entry));
        shown++;
      }
      return out.append('}').toString();
    }

    private String entry(Map.Entry<?, ?> entry) {
      return write(entry.getKey()) + "=" + write(entry.getValue());
    }

    @SuppressWarnings("ReferenceEquality") // Others with the same elements are other arrays.
    private static boolean isEarlier(Object[] array) {
      return array == Notebook.Out || array == Notebook.In;
    }

    /** {@code Out} and {@code In}: those that there are, with the number to get them by. */
    @SuppressWarnings("ReferenceEquality") // The list of results may be one of them.
    private String earlier(Object[] cells) {
      List<String> there = new ArrayList<>();
      for (int i = 0; i < cells.length; i++) {
        if (cells[i] != null && cells[i] != cells) {
          String text = write(cells[i]);
          int length = text.codePointCount(0, text.length());
          there.add(
              i
                  + "="
                  + (length > MOST_OF_ONE
                      ? text.substring(0, text.offsetByCodePoints(0, MOST_OF_ONE)) + "…"
                      : text));
        }
      }
      return "{" + String.join(", ", there) + "}";
    }

    /** As the record writes itself, and the arrays in it by their elements. */
    private String record(Record record) {
      String own = String.valueOf(record.toString());
      if (!ARRAY.matcher(own).find()) {
        return own;
      }
      StringBuilder plain = new StringBuilder();
      StringBuilder whole = new StringBuilder();
      for (RecordComponent component : record.getClass().getRecordComponents()) {
        String start = (plain.isEmpty() ? "" : ", ") + component.getName() + "=";
        try {
          component.getAccessor().setAccessible(true);
          Object value = component.getAccessor().invoke(record);
          plain.append(start).append(value);
          whole.append(start).append(write(value));
        } catch (IllegalAccessException | InvocationTargetException e) {
          return own;
        }
      }
      String name = record.getClass().getSimpleName();
      // Whoever wrote a toString() of their own wanted it to be seen.
      return own.equals(name + "[" + plain + "]") ? name + "[" + whole + "]" : own;
    }
  }

  /** Without loading a class of java.desktop for values that are none. */
  static boolean isImage(Object value) {
    for (Class<?> type = value.getClass(); type != null; type = type.getSuperclass()) {
      if (type.getName().equals("java.awt.image.BufferedImage")) {
        return true;
      }
    }
    return false;
  }

  /** What the service loader finds; read once, and again after a jar was added. */
  static final class Renderers {
    private static volatile @Nullable List<Renderer<?>> all;
    private static volatile boolean added;

    private Renderers() {}

    /** Those of cells, of which the last one said goes before the others. */
    private static final List<Renderer<?>> OF_CELLS = new CopyOnWriteArrayList<>();

    static void register(Renderer<?> renderer) {
      OF_CELLS.addFirst(renderer);
    }

    static void forget() {
      added = true;
      all = null;
    }

    static Optional<MimeBundle> render(Object value) {
      Optional<Renderer<?>> ofCell =
          OF_CELLS.stream().filter(renderer -> renderer.type().isInstance(value)).findFirst();
      if (ofCell.isPresent()) {
        return Optional.of(apply(ofCell.get(), value));
      }
      if (!added && value.getClass().getClassLoader() == null) {
        // Wirebook's own are for its own values, and to find them takes reading the jar's index.
        return Optional.empty();
      }
      List<Renderer<?>> known = all;
      if (known == null) {
        known = new ArrayList<>();
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        for (Renderer<?> renderer : ServiceLoader.load(Renderer.class, loader)) {
          known.add(renderer);
        }
        all = known;
      }
      return known.stream()
          .filter(renderer -> renderer.type().isInstance(value))
          .min(Comparator.comparingInt(renderer -> distance(value.getClass(), renderer.type())))
          .map(renderer -> apply(renderer, value));
    }

    private static <T> MimeBundle apply(Renderer<T> renderer, Object value) {
      return renderer.render(renderer.type().cast(value));
    }

    /** How many steps up from {@code type} to {@code target}; any class is nearer than Object. */
    private static int distance(@Nullable Class<?> type, Class<?> target) {
      if (type == null) {
        return 1000;
      }
      if (type == target) {
        return 0;
      }
      if (target == Object.class) {
        return 999;
      }
      int nearest = distance(type.getSuperclass(), target);
      for (Class<?> one : type.getInterfaces()) {
        nearest = Math.min(nearest, distance(one, target));
      }
      return nearest + 1;
    }
  }

  /** Records of one type, a row each. */
  private record Table(List<String> head, List<List<String>> rows, int left) {
    static Optional<Table> of(Object value) {
      Iterable<?> all = List.of();
      if (value instanceof Object[] array) {
        all = Arrays.asList(array);
      } else if (value instanceof Collection<?> collection) {
        all = collection;
      }
      Iterator<?> first = all.iterator();
      if (!first.hasNext() || !(first.next() instanceof Record record)) {
        return Optional.empty();
      }
      Class<?> type = record.getClass();
      List<Object> elements = new ArrayList<>();
      for (Object element : all) {
        if (element == null || element.getClass() != type) {
          return Optional.empty();
        }
        elements.add(element);
      }
      if (type.getRecordComponents().length == 0) {
        return Optional.empty();
      }
      List<RecordComponent> components = List.of(type.getRecordComponents());
      List<List<String>> rows = new ArrayList<>();
      int size = 0;
      for (Object element : elements.subList(0, Math.min(MOST, elements.size()))) {
        if (size > MOST_OF_TABLE) {
          break;
        }
        List<String> row = new ArrayList<>();
        for (RecordComponent component : components) {
          String cell = read(component, element);
          row.add(cell);
          // In the text form each cell is as wide as the widest of its column may be.
          size += Math.max(WIDEST, cell.length());
        }
        rows.add(row);
      }
      return Optional.of(
          new Table(
              components.stream().map(RecordComponent::getName).toList(),
              rows,
              elements.size() - rows.size()));
    }

    private static String read(RecordComponent component, Object element) {
      try {
        component.getAccessor().setAccessible(true);
        return cut(Values.text(component.getAccessor().invoke(element)), LONGEST_CELL);
      } catch (IllegalAccessException | InvocationTargetException e) {
        return "(" + (e.getCause() == null ? e : e.getCause()) + ")";
      }
    }

    String text() {
      int columns = head.size();
      int[] widths = new int[columns];
      for (int c = 0; c < columns; c++) {
        widths[c] = head.get(c).length();
        for (List<String> row : rows) {
          widths[c] = Math.max(widths[c], line(row.get(c)).length());
        }
      }
      StringBuilder out = new StringBuilder();
      row(out, head, widths);
      row(out, Arrays.stream(widths).mapToObj("-"::repeat).toList(), widths);
      rows.forEach(row -> row(out, row, widths));
      if (left > 0) {
        out.append(String.format("… (%,d more rows)%n", left));
      }
      return out.toString().stripTrailing();
    }

    private static void row(StringBuilder out, List<String> cells, int[] widths) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < cells.size(); c++) {
        String cell = line(cells.get(c));
        line.append(cell).append(" ".repeat(widths[c] - cell.length() + 2));
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }

    /** In one line, and not so long that all the others in the column become as wide. */
    private static String line(String text) {
      String line = text.replace("\n", "⏎").replace("\r", "");
      return line.length() > WIDEST ? start(line, WIDEST - 1) + "…" : line;
    }

    String html() {
      Html html = new Html().open("table").open("thead").open("tr");
      head.forEach(name -> html.element("th", name));
      html.close("tr").close("thead").open("tbody");
      for (List<String> row : rows) {
        html.open("tr");
        row.forEach(cell -> html.element("td", cell));
        html.close("tr");
      }
      html.close("tbody").close("table");
      if (left > 0) {
        html.element("p", String.format("… (%,d more rows)", left));
      }
      return html.toString();
    }
  }

  /** Of java.desktop, loaded for images alone. */
  private static final class Images {
    static MimeBundle render(Object value) {
      java.awt.image.BufferedImage image = (java.awt.image.BufferedImage) value;
      MimeBundle text =
          MimeBundle.text("image, " + image.getWidth() + " × " + image.getHeight() + " pixels");
      try {
        java.io.ByteArrayOutputStream png = new java.io.ByteArrayOutputStream();
        if (!javax.imageio.ImageIO.write(image, "png", png)) {
          return text;
        }
        return text.with(
            "image/png", java.util.Base64.getEncoder().encodeToString(png.toByteArray()));
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }
}

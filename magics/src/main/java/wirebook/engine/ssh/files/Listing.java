package wirebook.engine.ssh.files;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClient.Attributes;
import org.apache.sshd.sftp.client.SftpClient.DirEntry;

/**
 * What {@code ls} of sftp shows.
 *
 * @param remote the folder that one is in
 * @param flags the letters of its options
 */
record Listing(SftpClient client, Copying copying, String remote, String flags) {
  private static final int WIDTH = 80;

  void of(String pattern, OutputStream to) throws IOException, Copying.Failed {
    List<String> names = copying.names(pattern);
    if (names.isEmpty() || !copying.exists(names.getFirst())) {
      throw new Copying.Failed("Can't ls: \"" + pattern + "\" not found");
    }
    // These two imply it.
    boolean whole = flags.matches(".*[lnh].*");
    List<File> found = new ArrayList<>();
    for (String each : names) {
      String own =
          each.equals(remote)
              ? ""
              : each.startsWith(remote + "/") ? each.substring(remote.length() + 1) : each;
      if (names.size() == 1 && copying.isFolder(each)) {
        for (DirEntry entry : client.readDir(each)) {
          if (flags.contains("a") || !entry.getFilename().startsWith(".")) {
            String name = entry.getFilename();
            found.add(
                new File(
                    Copying.join(own, name),
                    own.length() + name.length(),
                    lengthened(entry.getLongFilename(), name, own),
                    entry.getAttributes()));
          }
        }
      } else {
        found.add(
            new File(own, each.length(), whole ? longName(each, own) : own, client.lstat(each)));
      }
    }
    if (!flags.contains("f")) {
      Comparator<File> order =
          flags.contains("t")
              ? Comparator.comparing((File l) -> l.attributes.getModifyTime()).reversed()
              : flags.contains("S")
                  ? Comparator.comparingLong((File l) -> l.attributes.getSize()).reversed()
                  : Comparator.comparing(File::name);
      found.sort(flags.contains("r") ? order.reversed() : order);
    }
    if (whole || flags.contains("1")) {
      found.forEach(each -> CopyTool.write(to, (whole ? each.line(flags) : each.name) + "\n"));
      return;
    }
    int longest = found.stream().mapToInt(File::length).max().orElse(0);
    int columns = Math.max(WIDTH / (longest + 2), 1);
    int space = Math.min(WIDTH / columns, WIDTH);
    StringBuilder text = new StringBuilder();
    int column = 1;
    for (File each : found) {
      text.append(each.name).repeat(' ', Math.max(0, space - each.name.length()));
      if (column >= columns) {
        text.append('\n');
        column = 1;
      } else {
        column++;
      }
    }
    CopyTool.write(to, text + (column != 1 ? "\n" : ""));
  }

  /**
   * One file of a listing.
   *
   * @param length of what it was found by, which sets the columns
   * @param line as the server has it
   */
  private record File(String name, int length, String line, Attributes attributes) {
    /** With numbers for names ({@code -n}) and units ({@code -h}), as asked for. */
    String line(String flags) {
      String[] columns = line.split("\\s+", 9);
      if (!flags.matches(".*[nh].*") || columns.length < 9) {
        return line;
      }
      boolean numbers = flags.contains("n");
      return "%s %4s %-8s %-8s %8s %s %2s %5s %s"
          .formatted(
              columns[0],
              columns[1],
              numbers ? attributes.getUserId() : columns[2],
              numbers ? attributes.getGroupId() : columns[3],
              flags.contains("h") ? scaled(attributes.getSize()) : columns[4],
              columns[5],
              columns[6],
              columns[7],
              columns[8]);
    }

    /** As fmt_scaled(3) of OpenBSD. */
    private static String scaled(long size) {
      int unit = 0;
      double amount = size;
      while (amount >= 1024 && unit < 6) {
        amount /= 1024;
        unit++;
      }
      return String.format(
          Locale.ROOT,
          unit == 0 || amount >= 100 ? "%.0f%c" : "%.1f%c",
          amount,
          "BKMGTPE".charAt(unit));
    }
  }

  private static String lengthened(String line, String name, String folder) {
    return line.endsWith(name)
        ? line.substring(0, line.length() - name.length()) + Copying.join(folder, name)
        : line;
  }

  /** The line that the server has for a file in its folder. */
  private String longName(String path, String shown) throws IOException {
    String name = Copying.last(path);
    String folder = path.substring(0, path.length() - name.length());
    for (DirEntry entry : client.readDir(folder.isEmpty() ? "/" : folder)) {
      if (entry.getFilename().equals(name) && entry.getLongFilename().endsWith(name)) {
        String line = entry.getLongFilename();
        return line.substring(0, line.length() - name.length()) + shown;
      }
    }
    return shown;
  }
}

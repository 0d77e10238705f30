package wirebook.guest;

import java.util.Map;

/** What a guest may ask of the kernel that it runs in. */
interface GuestHost {
  /** Shows data by MIME type under an id. */
  void show(Map<String, String> data, String id);

  /** Replaces what was shown under the id. */
  void update(Map<String, String> data, String id);

  /** Runs Java in the scope of the cells. */
  void evaluate(String java) throws Exception;
}

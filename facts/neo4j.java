// Prints what one release of Neo4j (Community) knows of its settings.
// in: nothing; the release's jars on the class path
// out: a line a setting, columns by tab: name, "dynamic" or "-", "deprecated" or "-", valid values in the server's own
//      words, default as neo4j.conf says it ("-" for none)
// promises: the names are those that SHOW SETTINGS lists (internal ones are left out, as there), and the policies for
//      encryption of each place that can have one. Then a line a name of version 4: "was", that name, the one that the
//      server itself makes of it.
import java.nio.file.Path;
import java.util.HashMap;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.TreeSet;
import org.neo4j.configuration.Config;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.SettingImpl;
import org.neo4j.configuration.SettingMigrator;
import org.neo4j.configuration.ssl.SslPolicyConfig;
import org.neo4j.configuration.ssl.SslPolicyScope;
import org.neo4j.graphdb.config.Setting;
import org.neo4j.logging.NullLog;

class Neo4j {
    public static void main(String[] none) throws Exception {
        var all = new TreeMap<String, Setting<?>>(
            Config.defaults(GraphDatabaseSettings.neo4j_home, Path.of("/neo4j")).getDeclaredSettings());
        for (var scope : SslPolicyScope.values()) {
            if (scope == SslPolicyScope.TESTING) continue;
            var policy = SslPolicyConfig.forScope(scope);
            for (var field : SslPolicyConfig.class.getFields()) {
                if (field.get(policy) instanceof Setting<?> setting) all.put(setting.name(), setting);
            }
        }
        for (var setting : all.values()) {
            var one = (SettingImpl<?>) setting;
            if (!one.internal()) line(one);
        }
        for (var name : migrated(new TreeSet<>(), new Asked())) {
            if (all.containsKey(name)) continue;
            var asked = new Asked();
            asked.put(name, "1");
            migrated(new TreeSet<>(), asked);
            for (var now : asked.keySet()) {
                var setting = all.get(now);
                if (setting != null && !((SettingImpl<?>) setting).internal()) System.out.println("was\t" + name + "\t" + now);
            }
        }
    }

    /** Lets the server rewrite a configuration; gives the names that it looked for. */
    static TreeSet<String> migrated(TreeSet<String> names, Asked values) {
        for (var migrator : ServiceLoader.load(SettingMigrator.class)) {
            try {
                migrator.migrate(values, new HashMap<>(), NullLog.getInstance());
            } catch (RuntimeException refusesTheValue) {
                // The names that it asked for are noted all the same.
            }
        }
        names.addAll(values.names);
        return names;
    }

    /** A configuration that notes what is asked of it. */
    static class Asked extends HashMap<String, String> {
        final TreeSet<String> names = new TreeSet<>();

        @Override
        public String get(Object name) {
            names.add((String) name);
            return super.get(name);
        }

        @Override
        public String remove(Object name) {
            names.add((String) name);
            return super.remove(name);
        }

        @Override
        public boolean containsKey(Object name) {
            names.add((String) name);
            return super.containsKey(name);
        }
    }

    static <T> void line(SettingImpl<T> setting) {
        @SuppressWarnings("unchecked")
        T ofServer = (T) GraphDatabaseSettings.SERVER_DEFAULTS.get(setting);
        T value = ofServer == null ? setting.defaultValue() : ofServer;
        var words = new StringBuilder(setting.parser().getDescription());
        setting.constraints().forEach(one -> words.append("; ").append(one.getDescription()));
        System.out.println(String.join("\t",
            setting.name(),
            setting.dynamic() ? "dynamic" : "-",
            setting.deprecated() ? "deprecated" : "-",
            words.toString().replaceAll("\\s+", " "),
            value == null ? "-" : setting.valueToString(value)));
    }
}

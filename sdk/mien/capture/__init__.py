"""Where frames come from: sessions on disk, videos, folders, cameras; and the recorder."""

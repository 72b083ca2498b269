"""Steps of preprocessing that only showers have."""

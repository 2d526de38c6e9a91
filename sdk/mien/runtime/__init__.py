"""What runs on the headset: model, fusion, profile, tracker."""
